package io.tideline.backplane;

/** Where brokers are. */
final class Addresses {
  private Addresses() {}

  /** Fit for a log. */
  static String withoutCredentials(String urls) {
    return urls.replaceAll("//[^/@,]*@", "//");
  }
}
