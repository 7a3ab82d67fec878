package dev.deepgemm.ptx;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The parameters of an entry, in order. Parts of a kernel can declare theirs here before there is a {@link
 * KernelBuilder} to give them to.
 */
public final class ParamList {
  private final List<Param> params = new ArrayList<>();

  /** No parameters yet. */
  public ParamList() {}

  /** The next parameter: a tensor map. */
  public Param.Map map(String name) {
    return add(new Param.Map(name));
  }

  /** The next parameter: a device address. */
  public Param.Address address(String name) {
    return add(new Param.Address(name));
  }

  /** The next parameter: a 32-bit integer. */
  public Param.Int integer(String name) {
    return add(new Param.Int(name));
  }

  /** The parameters so far. */
  public List<Param> all() {
    return Collections.unmodifiableList(params);
  }

  private <P extends Param> P add(P param) {
    if (params.stream().anyMatch(other -> other.name().equals(param.name()))) {
      throw new IllegalArgumentException("two parameters are called " + param.name());
    }
    params.add(param);
    return param;
  }
}
