/** Files that a person names: written whole or not at all, and the error that says what is wrong. */
@NullMarked
package dev.deepgemm.workloads.files;

import org.jspecify.annotations.NullMarked;
