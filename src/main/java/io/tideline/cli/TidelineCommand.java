package io.tideline.cli;

import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The program as a command: what stands below it are its subcommands. */
@Command(
    name = "tideline",
    description = "Publishes messages, keeps them, and pushes them to everybody who reads.",
    mixinStandardHelpOptions = true,
    versionProvider = TidelineCommand.class,
    subcommands = {ServeCommand.class, TokenCommand.class},
    footer = {"", "Without a command it serves."})
public final class TidelineCommand implements Callable<Integer>, IVersionProvider {
  /** What is returned in place of an exit code if the caller is to start the server. */
  public static final int SERVE = -1;

  private static final int FAILED = 1;

  private @Nullable Surroundings surroundings;

  @Spec private @Nullable CommandSpec spec;

  /** Public, as Quarkus makes commands too; {@link #run} is the way in. */
  public TidelineCommand() {}

  private TidelineCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  /**
   * Carries out what the arguments say.
   *
   * @return the exit code, or {@link #SERVE}
   */
  public static int run(
      Surroundings surroundings, PrintWriter out, PrintWriter errors, String... arguments) {
    return new CommandLine(new TidelineCommand(surroundings))
        .setOut(out)
        .setErr(errors)
        .setExecutionExceptionHandler(TidelineCommand::failed)
        .execute(arguments);
  }

  private static int failed(
      Exception failure, CommandLine command, CommandLine.ParseResult arguments) throws Exception {
    if (failure instanceof CommandFailedException told) {
      command.getErr().println(told.getMessage());
      return FAILED;
    }
    throw failure;
  }

  Surroundings surroundings() {
    return Objects.requireNonNull(surroundings, "commands are run by TidelineCommand.run");
  }

  @Override
  public Integer call() {
    return SERVE;
  }

  @Override
  public String[] getVersion() {
    Object root = Objects.requireNonNull(spec).root().userObject();
    return new String[] {"tideline " + ((TidelineCommand) root).surroundings().version()};
  }
}
