// SPDX-License-Identifier: Apache-2.0
followScheme();
drawSummary();
if (activity) {
    drawHeatMap();
    drawLanes();
} else {
    for (const place of document.querySelectorAll(".needs-activity"))
        place.replaceChildren(
            element(
                "p",
                { class: "missing" },
                "This run was not looked at while it went: ahbm run ... --report FILE.html shows links over time, " +
                    "lanes of PEs, rooflines and phases; with --out FOLDER it keeps what ahbm report FOLDER needs for them.",
            ),
        );
}
drawKernels();
drawLatency();
drawTraffic();
drawLinks();
drawConfiguration();
drawRun();
