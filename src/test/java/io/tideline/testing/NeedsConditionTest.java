package io.tideline.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;

class NeedsConditionTest {
  private static final Program[] NEEDED = {Program.NGINX, Program.REDIS, Program.HAPROXY};

  @Test
  void aTestRunsWhereAllThatItNeedsIsInstalled() {
    assertFalse(NeedsCondition.evaluate(NEEDED, program -> true, false).isDisabled());
    assertFalse(NeedsCondition.evaluate(NEEDED, program -> true, true).isDisabled());
  }

  @Test
  void itIsLeftOutWhereSomethingIsMissing() {
    ConditionEvaluationResult result =
        NeedsCondition.evaluate(NEEDED, program -> program == Program.REDIS, false);
    assertTrue(result.isDisabled());
    assertEquals(Optional.of("needs nginx, HAProxy"), result.getReason());
  }

  @Test
  void itFailsWhereEverythingIsDemanded() {
    String told =
        assertThrows(
                IllegalStateException.class,
                () -> NeedsCondition.evaluate(NEEDED, program -> program != Program.NGINX, true))
            .getMessage();
    assertTrue(told.startsWith("needs nginx,"), told);
  }
}
