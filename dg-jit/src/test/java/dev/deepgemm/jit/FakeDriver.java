package dev.deepgemm.jit;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.LaunchPlan;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.driver.LaunchTemplate;
import dev.deepgemm.testkit.doubles.SimulatedDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** A simulated driver that remembers launches, and whose devices and linker are a test's to choose. */
final class FakeDriver extends SimulatedDriver {
  /** A launch as the driver got it. */
  record Launch(long function, LaunchPlan plan, long stream, long context, boolean overlap) {}

  final List<Launch> launches = new ArrayList<>();

  /** If there is one, launches are laid out in it as the real driver does, and no book is kept of them. */
  LaunchBlock layout;

  ComputeCapability computeCapability = new ComputeCapability(9, 0);
  int devices = 1;
  UnaryOperator<LinkResult> linker = UnaryOperator.identity();

  @Override
  public String version() {
    return "999.01 (CUDA 13.0)";
  }

  @Override
  public int deviceCount() {
    return devices;
  }

  @Override
  public DeviceInfo device(int ordinal) {
    DeviceInfo like = super.device(ordinal);
    return new DeviceInfo(
        ordinal,
        "Fake " + ordinal,
        computeCapability,
        like.sms(),
        like.memoryBytes(),
        like.l2Bytes(),
        like.smemPerBlock(),
        like.clockKhz(),
        like.memoryClockKhz(),
        "999.01",
        "13.0");
  }

  @Override
  public LinkResult link(byte[] ptx, String name, boolean lineInfo) {
    return linker.apply(super.link(ptx, name, lineInfo));
  }

  @Override
  public void launch(
      long function, LaunchTemplate template, GemmOperands operands, long stream, boolean overlap) {
    if (layout != null) {
      layout.fill(template, operands);
      layout.config(stream, overlap);
      return;
    }
    super.launch(function, template, operands, stream, overlap);
    launches.add(new Launch(function, template.bind(operands), stream, currentContext(), overlap));
  }
}
