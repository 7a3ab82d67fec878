package dev.deepgemm.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test, or a class of tests, that needs an NVIDIA GPU and its driver. Elsewhere it is skipped, and
 * says why. It carries the tag {@code gpu}, so that a GPU machine can run these tests alone.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Tag("gpu")
@ExtendWith(GpuCondition.class)
public @interface GpuTest {}
