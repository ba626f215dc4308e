// SPDX-License-Identifier: Apache-2.0
// Has nothing: what precompiled headers are compiled with.
