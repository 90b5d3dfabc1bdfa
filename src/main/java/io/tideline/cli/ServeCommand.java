package io.tideline.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** The server itself, which the caller starts. */
@Command(
    name = "serve",
    description = "Starts the server. It is configured by settings, see docs/operations.md.",
    mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
  ServeCommand() {}

  @Override
  public Integer call() {
    return TidelineCommand.SERVE;
  }
}
