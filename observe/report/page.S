/* SPDX-License-Identifier: Apache-2.0
   The report's page as it is, without a compiler looking at its megabyte. Not hidden, so that a test can put an
   empty one in its place. */
    .section .rodata
    .global ahbm_report_page, ahbm_report_page_end
ahbm_report_page:
    .incbin "report_page.html"
ahbm_report_page_end:
    .byte 0
    .section .note.GNU-stack, "", %progbits
