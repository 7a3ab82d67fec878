/** What all measurements share: order statistics, progress, failures and JSON as text. */
@NullMarked
package dev.deepgemm.measure;

import org.jspecify.annotations.NullMarked;
