// SPDX-License-Identifier: Apache-2.0
package io.tideline.judge;

/** Says that a scenario can't be played here, and why. */
final class Skipped extends RuntimeException {

  private static final long serialVersionUID = 1;

  Skipped(String reason) {
    super(reason);
  }
}
