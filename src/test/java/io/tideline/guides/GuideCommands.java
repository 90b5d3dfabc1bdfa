package io.tideline.guides;

import io.tideline.testing.PackagedServer;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The code of a guide that is marked to be run: fenced blocks behind a comment that names GuidesIT.
 *
 * @param sh its shell commands, which follow each other in one shell
 * @param sql its blocks of SQL
 */
record GuideCommands(List<String> sh, List<String> sql) {
  private static final Pattern BLOCK =
      Pattern.compile(
          "^ *<!-- GuidesIT runs this( if psql is installed)? -->\\n"
              + " *```(sh|sql)\\n(.*?)^ *```$",
          Pattern.MULTILINE | Pattern.DOTALL);

  private static final String APPLICATION = "java -jar target/quarkus-app/quarkus-run.jar";
  private static final long MINUTES_MAX = 5;

  /** An answer above 400 fails; a stream, which never ends, is looked at for some seconds. */
  private static final String PRELUDE =
      """
      set -eu -o pipefail
      curl() { command curl --fail --silent --show-error --max-time 5 "$@" || [ $? = 28 ]; }
      """;

  record Outcome(int exitCode, String output) {}

  static GuideCommands of(Path guide) throws IOException {
    String text = Files.readString(guide);
    return new GuideCommands(blocks(text, "sh"), blocks(text, "sql"));
  }

  private static List<String> blocks(String text, String language) {
    return BLOCK
        .matcher(text)
        .results()
        .filter(block -> block.group(2).equals(language))
        .filter(block -> block.group(1) == null || hasPsql())
        .map(block -> block.group(3).stripIndent())
        .toList();
  }

  /** Runs in the directory of a server in its first run, whose port takes the place of 8080. */
  Outcome run(PackagedServer server) throws IOException {
    if (sh.isEmpty()) {
      throw new IllegalStateException("nothing to run");
    }
    String script =
        String.join("\n", sh)
            .replaceAll("(127\\.0\\.0\\.1|localhost):8080", server.url().getAuthority())
            .replace(APPLICATION, PackagedServer.program());
    Path file = Files.createTempFile(server.directory(), "guide-", ".sh");
    Files.writeString(file, PRELUDE + script);
    ProcessBuilder bash = new ProcessBuilder("bash", file.toString());
    bash.directory(server.directory().toFile());
    Path java = Path.of(System.getProperty("java.home"), "bin");
    bash.environment()
        .merge("PATH", java.toString(), (path, own) -> own + File.pathSeparator + path);
    bash.environment().put("DATABASE", database(server.directory().resolve("data/postgres")));
    Path output = Files.createTempFile(server.directory(), "guide-", ".log");
    Process process = bash.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    process.onExit().orTimeout(MINUTES_MAX, TimeUnit.MINUTES).join();
    return new Outcome(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
  }

  private static String database(Path postgres) throws IOException {
    String password = Files.readString(postgres.resolve("password")).strip();
    String port = Files.readString(postgres.resolve("port")).strip();
    return "postgresql://tideline:" + password + "@127.0.0.1:" + port + "/tideline";
  }

  static boolean hasPsql() {
    return has("psql");
  }

  /** Whether a program is on the path. */
  static boolean has(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }
}
