package io.tideline.app;

import io.smallrye.config.ConfigMappings.ConfigClass;
import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tideline.config.StartRefusedException;
import io.tideline.net.http.OriginCheck;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/**
 * The check of all that is set under {@code tideline}, before anything starts. It names every
 * mistake in one sentence each, with the name or the form that was probably meant.
 */
final class SettingsCheck {
  private static final String PREFIX = "TIDELINE_";

  /** Read by clients, examples and the build, not by the server, which may inherit them. */
  private static final Set<String> OF_OTHERS =
      Set.of("TIDELINE_URL", "TIDELINE_TOKEN", "TIDELINE_JAR", "TIDELINE_TESTS");

  /** What Kubernetes sets in each container for a service whose name begins with "tideline". */
  private static final Pattern OF_KUBERNETES =
      Pattern.compile(
          "TIDELINE_(\\w+_)?(SERVICE_HOST|SERVICE_PORT(_\\w+)?"
              + "|PORT(_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)");

  private static final Pattern UNKNOWN =
      Pattern.compile("SRCFG00050: (\\S+) in (.+) does not map to any root.*", Pattern.DOTALL);
  private static final Pattern NOT_CONVERTED =
      Pattern.compile(
          "(?:java\\.[\\w.]+: )?SRCFG\\d+: The config property (\\S+) with the config value \"(.*?)\" threw an Exception"
              + " whilst being converted ?(?:SRCFG\\d+: )?(.*)",
          Pattern.DOTALL);

  /** How far a name may be from what was meant: more is another name. */
  private static final int TYPOS_MAX = 4;

  private final Set<String> known;

  private SettingsCheck() {
    this.known =
        new TreeSet<>(ConfigClass.configClass(TidelineConfig.class).getProperties().keySet());
  }

  /**
   * Checks what the configuration says.
   *
   * @throws StartRefusedException naming each mistake and what to do about it
   */
  static void run(Supplier<SmallRyeConfigBuilder> sources) {
    SettingsCheck check = new SettingsCheck();
    List<String> mistakes = new ArrayList<>(check.environment(sources.get().build()));
    try {
      SmallRyeConfig config = sources.get().withMapping(TidelineConfig.class).build();
      check.values(config.getConfigMapping(TidelineConfig.class)).ifPresent(mistakes::add);
    } catch (ConfigValidationException invalid) {
      for (int i = 0; i < invalid.getProblemCount(); i++) {
        mistakes.add(check.explained(invalid.getProblem(i).getMessage()));
      }
    }
    if (!mistakes.isEmpty()) {
      throw new StartRefusedException(String.join("\n  ", mistakes));
    }
  }

  /** Each part's own bounds; the first that is passed. */
  private Optional<String> values(TidelineConfig config) {
    try {
      Settings.check(config);
      new OriginCheck(config.origins().orElse(List.of()));
      return Optional.empty();
    } catch (StartRefusedException | IllegalArgumentException | ArithmeticException beyond) {
      return Optional.of(beyond.getMessage());
    }
  }

  /** SmallRye finds unknown keys everywhere but in the environment. */
  private List<String> environment(SmallRyeConfig config) {
    List<Pattern> names = known.stream().map(SettingsCheck::environmentName).toList();
    return StreamSupport.stream(config.getConfigSources().spliterator(), false)
        .filter(EnvConfigSource.class::isInstance)
        .flatMap(source -> source.getPropertyNames().stream())
        .filter(name -> name.startsWith(PREFIX) && !OF_OTHERS.contains(name))
        .filter(name -> !OF_KUBERNETES.matcher(name).matches())
        .filter(name -> names.stream().noneMatch(known -> known.matcher(name).matches()))
        .distinct()
        .map(name -> unknown(name, nearest(name, true)))
        .toList();
  }

  private static Pattern environmentName(String key) {
    StringBuilder name = new StringBuilder();
    for (char c : key.toUpperCase(Locale.ROOT).toCharArray()) {
      name.append(c == '*' ? "\\w+" : Character.isLetterOrDigit(c) ? c : '_');
    }
    return Pattern.compile(name.append("(_\\d+_?)?").toString());
  }

  private String explained(String problem) {
    Matcher unknown = UNKNOWN.matcher(problem);
    if (unknown.matches()) {
      return unknown(unknown.group(1), nearest(unknown.group(1), false));
    }
    Matcher value = NOT_CONVERTED.matcher(problem);
    if (value.matches()) {
      return value.group(1) + " is \"" + value.group(2) + "\". " + form(value.group(3));
    }
    return problem.replaceFirst("^(java\\.[\\w.]+: )?SRCFG\\d+: ", "");
  }

  private static String form(String complaint) {
    if (complaint.contains("KkMmGg")) {
      return "What to do: write a size as a number of bytes, or with one letter: 64K, 16M, 1G.";
    }
    if (complaint.contains("Duration") || complaint.contains("duration")) {
      return "What to do: write a duration as 250ms, 30s, 5m, 12h or 7d.";
    }
    return complaint.replaceFirst("^java\\.[\\w.]+: ", "");
  }

  private static String unknown(String name, Optional<String> meant) {
    return name
        + " is not a setting."
        + meant.map(known -> " Did you mean " + known + "?").orElse("")
        + " What to do: correct or remove it; docs/operations.md lists all settings.";
  }

  private Optional<String> nearest(String name, boolean isEnvironment) {
    return known.stream()
        .map(key -> isEnvironment ? inEnvironment(key) : key)
        .map(key -> filledIn(key, name, isEnvironment ? '_' : '.'))
        .filter(key -> distance(key, name) <= TYPOS_MAX)
        .min(Comparator.comparingInt(key -> distance(key, name)));
  }

  private static String inEnvironment(String key) {
    return key.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9*]", "_");
  }

  /** Puts into a key's place for a name what stands there in the one that was written. */
  private static String filledIn(String key, String written, char separator) {
    String[] words = key.split(Pattern.quote(String.valueOf(separator)), -1);
    String[] given = written.split(Pattern.quote(String.valueOf(separator)), -1);
    for (int i = 0; i < words.length && i < given.length; i++) {
      words[i] = words[i].equals("*") ? given[i] : words[i];
    }
    return String.join(String.valueOf(separator), words);
  }

  /** Levenshtein's: letters to insert, remove or replace. */
  static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= other.length(); j++) {
        int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[other.length()];
  }
}
