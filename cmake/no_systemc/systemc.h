// SPDX-License-Identifier: Apache-2.0
#error "plain code has no sight of SystemC: see PLAIN in cmake/Layers.cmake"
