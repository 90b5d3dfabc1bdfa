package io.tideline.testing;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The rule of {@link Slow}. */
final class SlowCondition implements ExecutionCondition {
  private static final boolean IS_LEFT_OUT = "false".equals(System.getProperty("tests.slow"));

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return IS_LEFT_OUT
        ? ConditionEvaluationResult.disabled(LeftOut.SLOW)
        : ConditionEvaluationResult.enabled("slow tests are run, too");
  }
}
