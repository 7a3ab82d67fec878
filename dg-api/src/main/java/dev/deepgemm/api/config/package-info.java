/** What a configuration selector answers: a kernel by its identity, and how it is launched. */
@NullMarked
package dev.deepgemm.api.config;

import org.jspecify.annotations.NullMarked;
