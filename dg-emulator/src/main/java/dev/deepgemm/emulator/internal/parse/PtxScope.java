package dev.deepgemm.emulator.internal.parse;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The names of one block. PTX blocks nest, and inline assembly relies on it: each copy of a wait
 * loop declares its own predicate and its own label in its own braces.
 */
public final class PtxScope {
  /**
   * A register.
   *
   * @param id position in the register file, the same for every warp
   * @param type its declared type
   * @param name its name, for messages
   */
  public record Register(int id, PtxType type, String name) {}

  /** State space of a variable. */
  enum Space {
    PARAM,
    SHARED
  }

  /**
   * A variable or a parameter.
   *
   * @param space state space
   * @param name its name
   * @param bytes its size; 0 for {@code extern} shared memory, which is as large as the launch says
   * @param offset its address in its state space
   */
  public record Variable(Space space, String name, long bytes, long offset) {
    /** Whether its address is one of the CTA's shared memory. */
    public boolean shared() {
      return space == Space.SHARED;
    }
  }

  private final @Nullable PtxScope parent;
  private final Map<String, Register> registers = new HashMap<>();
  private final Map<String, Variable> variables = new HashMap<>();
  private final Map<String, Integer> labels = new HashMap<>();

  PtxScope(@Nullable PtxScope parent) {
    this.parent = parent;
  }

  @Nullable PtxScope parent() {
    return parent;
  }

  /** Declares a register; false if the block has that name already. */
  boolean declare(Register register) {
    return registers.putIfAbsent(register.name(), register) == null;
  }

  /** Declares a variable; false if the block has that name already. */
  boolean declare(Variable variable) {
    return variables.putIfAbsent(variable.name(), variable) == null;
  }

  /** Declares a label at the position of the next instruction; false if it is there already. */
  public boolean label(String name, int position) {
    return labels.putIfAbsent(name, position) == null;
  }

  public @Nullable Register register(String name) {
    Register found = registers.get(name);
    return found != null || parent == null ? found : parent.register(name);
  }

  public @Nullable Variable variable(String name) {
    Variable found = variables.get(name);
    return found != null || parent == null ? found : parent.variable(name);
  }

  public @Nullable Integer label(String name) {
    Integer found = labels.get(name);
    return found != null || parent == null ? found : parent.label(name);
  }
}
