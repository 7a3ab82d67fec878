package dev.deepgemm.api.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.TensorMap.Element;
import dev.deepgemm.api.launch.TensorMap.Swizzle;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class GemmOperandsTest {
  private static final GemmOperands PLAIN =
      GemmOperands.builder().a(0x1000, 64).b(0x2000, 72).d(0x3000, 80).build();

  @Test
  void builder_setsRolesOneByOne() {
    GemmOperands scaled =
        GemmOperands.builder()
            .a(0x1000, 64)
            .b(0x2000, 72)
            .c(0x4000, 80)
            .d(0x3000, 80)
            .scalesA(0x5000, 8)
            .scalesB(0x6000, 4)
            .constantB(true)
            .build();
    assertEquals(new DeviceMatrix(0x1000, 64), scaled.a());
    assertEquals(new DeviceMatrix(0x2000, 72), scaled.b());
    assertEquals(new DeviceMatrix(0x4000, 80), scaled.c());
    assertEquals(new DeviceMatrix(0x3000, 80), scaled.d());
    assertEquals(new DeviceMatrix(0x5000, 8), scaled.scalesA());
    assertEquals(new DeviceMatrix(0x6000, 4), scaled.scalesB());
    assertTrue(scaled.constantB());
    assertEquals(EnumSet.range(OperandRole.A, OperandRole.SCALES_B), scaled.roles());
    assertEquals(
        GemmOperands.of(scaled.a(), scaled.b(), scaled.d(), scaled.scalesA(), scaled.scalesB())
            .with(OperandRole.C, scaled.c())
            .withConstantB(true),
        scaled);
  }

  @Test
  void build_withoutOperands_namesAllThatAreMissing() {
    InvalidGemmException e =
        assertThrows(
            InvalidGemmException.class, () -> GemmOperands.builder().scalesA(0x1000, 1).build());
    assertEquals(
        List.of("DG-ARG-04", "DG-ARG-04", "DG-ARG-04"),
        e.problems().stream().map(Problem::id).toList());
    assertTrue(e.problems().get(2).message().startsWith("d is missing"), e.getMessage());
  }

  @Test
  void require_roleThatIsNotThere_isRefused() {
    assertNull(PLAIN.get(OperandRole.GROUP_LAYOUT));
    InvalidGemmException e =
        assertThrows(InvalidGemmException.class, () -> PLAIN.require(OperandRole.GROUP_LAYOUT));
    assertEquals("DG-ARG-04", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("group_layout"), e.getMessage());
  }

  @Test
  void builder_usedAgain_changesNothingBuilt() {
    GemmOperands.Builder builder = GemmOperands.builder().a(1, 1).b(2, 2).d(3, 3);
    GemmOperands before = builder.build();
    assertEquals(9, builder.a(9, 9).build().a().address());
    assertEquals(1, before.a().address());
  }

  @Test
  void liesLike_looksAtEverythingButAddresses() {
    GemmOperands elsewhere =
        GemmOperands.builder().a(0x9000, 64).b(0xa000, 72).d(0xb000, 80).build();
    assertTrue(PLAIN.liesLike(elsewhere, false));
    assertFalse(PLAIN.liesLike(elsewhere, true));
    assertTrue(PLAIN.withConstantB(true).liesLike(elsewhere, true));
    for (OperandRole role : OperandRole.values()) {
      GemmOperands other = elsewhere.with(role, new DeviceMatrix(0xc000, 65));
      assertFalse(PLAIN.liesLike(other, false), role.label());
      assertFalse(other.liesLike(PLAIN, false), role.label());
    }
    GemmOperands groups = elsewhere.with(OperandRole.B, new DeviceMatrix(0xa000, 72, 7200));
    assertFalse(PLAIN.liesLike(groups, false));
  }

  @Test
  void withConstantB_thatIsSoAlready_isTheSame() {
    assertSame(PLAIN, PLAIN.withConstantB(false));
    assertFalse(PLAIN.equals(PLAIN.withConstantB(true)));
  }

  @Test
  void planOn_otherOperands_changesTheirAddressesAlone() {
    TensorMap map =
        TensorMap.builder(Element.BF16)
            .address(0x1000)
            .dim(64L)
            .dim(8L, 128L)
            .box(64, 8)
            .swizzle(Swizzle.B128)
            .build();
    TensorMap constant = map.at(0x7000);
    LaunchPlan plan =
        new LaunchPlan(
            3,
            128,
            1,
            4096,
            List.of(
                KernelArg.Map.of(map, OperandRole.A),
                new KernelArg.Map(constant),
                KernelArg.Address.of(PLAIN, OperandRole.D),
                new KernelArg.Address(
                    PLAIN.b().address() + 256, new KernelArg.Origin(OperandRole.B, 256)),
                new KernelArg.Address(0x1000),
                new KernelArg.Int(0x1000)));
    GemmOperands elsewhere =
        GemmOperands.builder().a(0x9000, 64).b(0xa000, 72).d(0xb000, 80).build();
    LaunchPlan moved = plan.on(elsewhere);
    assertEquals(
        List.of(
            KernelArg.Map.of(map.at(0x9000), OperandRole.A),
            new KernelArg.Map(constant),
            KernelArg.Address.of(elsewhere, OperandRole.D),
            new KernelArg.Address(0xa100, new KernelArg.Origin(OperandRole.B, 256)),
            new KernelArg.Address(0x1000),
            new KernelArg.Int(0x1000)),
        moved.args());
    assertEquals(new LaunchPlan(3, 128, 1, 4096, moved.args()), moved);
    assertEquals(plan, moved.on(PLAIN));
  }
}
