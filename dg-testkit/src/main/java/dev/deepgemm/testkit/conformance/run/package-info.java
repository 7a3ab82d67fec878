/** What kernels are assembled and run with. */
@NullMarked
package dev.deepgemm.testkit.conformance.run;

import org.jspecify.annotations.NullMarked;
