package dev.deepgemm.emulator.internal.parse;

import java.util.List;

/**
 * The head of an entry point.
 *
 * @param name its name
 * @param params its parameters, in order, with their offsets in the parameter space
 * @param bounds what it demands of a launch
 */
public record EntryHead(String name, List<PtxScope.Variable> params, LaunchBounds bounds) {
  public EntryHead {
    params = List.copyOf(params);
  }
}
