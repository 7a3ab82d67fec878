/** What a launch is made of: PTX, operands by role, and a plan with every argument. */
@NullMarked
package dev.deepgemm.api.launch;

import org.jspecify.annotations.NullMarked;
