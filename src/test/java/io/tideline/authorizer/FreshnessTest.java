package io.tideline.authorizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FreshnessTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "max-age=10                | -   | 10",
        "Max-Age=10, private       | -   | 10",
        "private,max-age=\"10\"    | -   | 10",
        "max-age=3600              | -   | 60",
        "max-age=10, max-age=5     | -   | 5",
        "max-age=10                | 4   | 6",
        "max-age=10                | 40  | 0",
        "max-age=3600              | 30  | 60",
        "max-age=0                 | -   | 0",
        "max-age=-5                | -   | 0",
        "max-age=soon              | -   | 0",
        "max-age=99999999999999999999 | - | 0",
        "no-store, max-age=10      | -   | 0",
        "max-age=10, no-cache      | -   | 0",
        "private                   | -   | 0",
        "s-maxage=10               | -   | 0",
      })
  void countsAsItsHeadSaysAndAMinuteAtMost(String cacheControl, String age, long seconds) {
    assertEquals(Duration.ofSeconds(seconds), Freshness.of(List.of(cacheControl), age));
  }

  @ParameterizedTest
  @CsvSource({"max-age=10, no-store, 0", "max-age=10, max-age=20, 10"})
  void severalFieldsCountTogether(String one, String other, long seconds) {
    assertEquals(Duration.ofSeconds(seconds), Freshness.of(List.of(one, other), null));
  }
}
