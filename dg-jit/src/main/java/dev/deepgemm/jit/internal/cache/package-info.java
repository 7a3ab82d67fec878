/** Machine code that somebody assembled before: the folder on disk, and the packs of the class path. */
@NullMarked
package dev.deepgemm.jit.internal.cache;

import org.jspecify.annotations.NullMarked;
