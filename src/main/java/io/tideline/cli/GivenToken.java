package io.tideline.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Parameters;

/**
 * A token as an argument, or as a line of the standard input, where no list of processes shows it.
 */
final class GivenToken {
  @Parameters(
      paramLabel = "TOKEN",
      arity = "0..1",
      description = "The token; without it, or as '-', it is read from the standard input.")
  private @Nullable String token;

  GivenToken() {}

  String read() {
    String given = token == null || token.equals("-") ? line() : token;
    if (given == null || given.isBlank()) {
      throw new CommandFailedException("No token is given.");
    }
    return given.strip();
  }

  private static @Nullable String line() {
    try {
      return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
          .readLine();
    } catch (IOException unreadable) {
      throw new CommandFailedException("The standard input can't be read.", unreadable);
    }
  }
}
