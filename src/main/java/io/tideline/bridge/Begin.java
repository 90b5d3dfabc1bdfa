package io.tideline.bridge;

/** Where a bridge begins in the channels that are there when it first starts. */
public enum Begin {
  NOW,
  EARLIEST
}
