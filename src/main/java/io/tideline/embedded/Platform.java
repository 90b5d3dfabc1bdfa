package io.tideline.embedded;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The kind of machine this is, in the words of the archives on the class path. */
record Platform(String system, String architecture, boolean musl) {

  static Platform current() {
    return new Platform(
        systemOf(System.getProperty("os.name")),
        architectureOf(System.getProperty("os.arch")),
        Files.exists(Path.of("/etc/alpine-release")));
  }

  /** The class path resource with the binaries of this platform. */
  String archive() {
    return "postgres-" + system + "-" + architecture + (musl ? "-alpine_linux" : "") + ".txz";
  }

  boolean isWindows() {
    return system.equals("windows");
  }

  @Override
  public String toString() {
    return system + " " + architecture + (musl ? " (musl)" : "");
  }

  private static String systemOf(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.startsWith("mac")) {
      return "darwin";
    }
    return lower.startsWith("windows") ? "windows" : lower;
  }

  private static String architectureOf(String name) {
    return switch (name) {
      case "amd64", "x86_64" -> "x86_64";
      case "aarch64", "arm64" -> "arm_64";
      default -> name;
    };
  }
}
