package io.tideline.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test, or a class of tests, that takes longer than everybody should wait who runs {@code ./mvnw
 * verify}. It runs where everything is demanded, as {@code .ci/run} does, where it is named ({@code
 * -Dtest=…}), and in an IDE.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(SlowCondition.class)
public @interface Slow {}
