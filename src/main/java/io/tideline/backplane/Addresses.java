package io.tideline.backplane;

/** Where brokers are. */
final class Addresses {
  private Addresses() {}

  /** Fit for a log. A password may have any character but spaces. */
  static String withoutCredentials(String urls) {
    return urls.replaceAll("//(?:(?!://)\\S)*@", "//");
  }
}
