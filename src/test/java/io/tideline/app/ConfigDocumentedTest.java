package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.config.WithDefault;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Configuration is public: every key stands in the document with its default, and nothing else
 * does.
 */
class ConfigDocumentedTest {
  private static final Path DOCUMENT = Path.of("docs/operations.md");
  private static final Pattern ROW =
      Pattern.compile("^\\| `(tideline\\.[^`]+)` \\| (?:`([^`]*)`|–) \\|", Pattern.MULTILINE);

  @Test
  void everyKeyStandsInTheDocumentWithItsDefault() throws IOException {
    Map<String, String> keys = new TreeMap<>();
    collect(TidelineConfig.class, "tideline", keys);
    Map<String, String> documented = new TreeMap<>();
    Matcher rows = ROW.matcher(Files.readString(DOCUMENT));
    while (rows.find()) {
      documented.put(rows.group(1), String.valueOf(rows.group(2)));
    }
    assertTrue(keys.size() > 30, "finds the keys");
    assertEquals(keys, documented);
  }

  private static void collect(Class<?> group, String prefix, Map<String, String> keys) {
    for (Method leaf : group.getDeclaredMethods()) {
      if (leaf.isDefault() || leaf.isSynthetic()) {
        continue;
      }
      String key =
          prefix
              + "."
              + leaf.getName().replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
      WithDefault standard = leaf.getAnnotation(WithDefault.class);
      if (Map.class.isAssignableFrom(leaf.getReturnType())) {
        ParameterizedType map = (ParameterizedType) leaf.getGenericReturnType();
        collect((Class<?>) map.getActualTypeArguments()[1], key + ".NAME", keys);
      } else if (leaf.getReturnType().isInterface()
          && leaf.getReturnType().getName().startsWith("io.tideline")) {
        collect(leaf.getReturnType(), key, keys);
      } else {
        keys.put(key, standard == null ? "null" : standard.value());
      }
    }
  }
}
