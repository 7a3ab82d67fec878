package dev.deepgemm.emulator;

import java.util.List;

/**
 * The head of an entry point.
 *
 * @param name its name
 * @param params its parameters, in order, with their offsets in the parameter space
 * @param bounds what it demands of a launch
 */
record EntryHead(String name, List<PtxScope.Variable> params, LaunchBounds bounds) {
  EntryHead {
    params = List.copyOf(params);
  }
}
