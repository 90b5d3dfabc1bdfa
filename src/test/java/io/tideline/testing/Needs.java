package io.tideline.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The programs without which a test, or every test of a class, can't run. Where one isn't installed
 * the tests are left out, and the build says so at its end ({@link LeftOut}); where everything is
 * demanded ({@code TIDELINE_TESTS=all}, as {@code .ci/run} does) they fail.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(NeedsCondition.class)
public @interface Needs {
  Program[] value();
}
