package io.tideline.testing;

import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** The rule of {@link Needs}. */
final class NeedsCondition implements ExecutionCondition {
  private static final boolean IS_EVERYTHING_DEMANDED =
      "all".equals(System.getenv("TIDELINE_TESTS"));

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return AnnotationSupport.findAnnotation(context.getElement(), Needs.class)
        .map(needs -> evaluate(needs.value(), Program::isInstalled, IS_EVERYTHING_DEMANDED))
        .orElseGet(() -> ConditionEvaluationResult.enabled("it needs nothing"));
  }

  static ConditionEvaluationResult evaluate(
      Program[] needed, Predicate<Program> isInstalled, boolean isEverythingDemanded) {
    List<Program> missing = Arrays.stream(needed).filter(Predicate.not(isInstalled)).toList();
    if (missing.isEmpty()) {
      return ConditionEvaluationResult.enabled("what it needs is installed");
    }
    String reason =
        missing.stream()
            .map(Program::label)
            .collect(Collectors.joining(LeftOut.AND, LeftOut.WANTED, ""));
    if (isEverythingDemanded) {
      throw new IllegalStateException(reason + ", and TIDELINE_TESTS=all leaves no test out");
    }
    return ConditionEvaluationResult.disabled(reason);
  }
}
