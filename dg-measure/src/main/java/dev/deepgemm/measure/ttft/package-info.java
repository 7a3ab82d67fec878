/** Is the time to the first token stable? Replays of a trace through a model's layers. */
@NullMarked
package dev.deepgemm.measure.ttft;

import org.jspecify.annotations.NullMarked;
