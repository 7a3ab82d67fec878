/** JMH benchmarks of what the host does; the device's share is measured by {@code dg bench}. */
@NullMarked
package dev.deepgemm.benchmarks;

import org.jspecify.annotations.NullMarked;
