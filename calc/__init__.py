# SPDX-License-Identifier: Apache-2.0
"""What follows from the tables: plain functions, one topic a module; opens no file and prints nothing."""
