package dev.deepgemm.driver;

import dev.deepgemm.api.ComputeCapability;

/** What a device is. Immutable. */
public final class DeviceInfo {
  private final Builder built;

  private DeviceInfo(Builder built) {
    this.built = built;
  }

  /**
   * A device of which nothing else is known yet: numbers are 0, versions "unknown".
   *
   * @param ordinal its number, as the driver counts in this process
   * @param name marketing name
   * @param computeCapability what decides which kernels run on it
   */
  public static Builder builder(int ordinal, String name, ComputeCapability computeCapability) {
    return new Builder(ordinal, name, computeCapability);
  }

  /** What is known of a device. */
  public static final class Builder {
    private final int ordinal;
    private final String name;
    private final ComputeCapability computeCapability;
    private int sms;
    private long memoryBytes;
    private int l2Bytes;
    private int smemPerBlock;
    private int clockKhz;
    private int memoryClockKhz;
    private String driverVersion = "unknown";
    private String cudaVersion = "unknown";

    private Builder(int ordinal, String name, ComputeCapability computeCapability) {
      this.ordinal = ordinal;
      this.name = name;
      this.computeCapability = computeCapability;
    }

    private Builder(Builder other) {
      this(other.ordinal, other.name, other.computeCapability);
      like(other);
    }

    /** Streaming multiprocessors. */
    public Builder sms(int value) {
      sms = value;
      return this;
    }

    /** Device memory, bytes. */
    public Builder memoryBytes(long value) {
      memoryBytes = value;
      return this;
    }

    /** L2 cache, bytes. */
    public Builder l2Bytes(int value) {
      l2Bytes = value;
      return this;
    }

    /** Most shared memory that a CTA may opt in to, bytes. */
    public Builder smemPerBlock(int value) {
      smemPerBlock = value;
      return this;
    }

    /** Highest SM clock, kHz. */
    public Builder clockKhz(int value) {
      clockKhz = value;
      return this;
    }

    /** Highest memory clock, kHz. */
    public Builder memoryClockKhz(int value) {
      memoryClockKhz = value;
      return this;
    }

    /**
     * Versions of the software in front of it.
     *
     * @param driver of the driver library, such as {@code 580.95.05}; "unknown" if it does not say
     * @param cuda the newest CUDA that the driver speaks, such as {@code 13.0}
     */
    public Builder versions(String driver, String cuda) {
      driverVersion = driver;
      cudaVersion = cuda;
      return this;
    }

    /** Everything but number, name and compute capability as another device has it. */
    public Builder like(DeviceInfo other) {
      return like(other.built);
    }

    private Builder like(Builder other) {
      sms = other.sms;
      memoryBytes = other.memoryBytes;
      l2Bytes = other.l2Bytes;
      smemPerBlock = other.smemPerBlock;
      clockKhz = other.clockKhz;
      memoryClockKhz = other.memoryClockKhz;
      driverVersion = other.driverVersion;
      cudaVersion = other.cudaVersion;
      return this;
    }

    /** All that was said. */
    public DeviceInfo build() {
      return new DeviceInfo(new Builder(this));
    }
  }

  /** Its number, as the driver counts in this process. */
  public int ordinal() {
    return built.ordinal;
  }

  /** Marketing name. */
  public String name() {
    return built.name;
  }

  /** What decides which kernels run on it. */
  public ComputeCapability computeCapability() {
    return built.computeCapability;
  }

  /** Streaming multiprocessors. */
  public int sms() {
    return built.sms;
  }

  /** Device memory, bytes. */
  public long memoryBytes() {
    return built.memoryBytes;
  }

  /** L2 cache, bytes. */
  public int l2Bytes() {
    return built.l2Bytes;
  }

  /** Most shared memory that a CTA may opt in to, bytes. */
  public int smemPerBlock() {
    return built.smemPerBlock;
  }

  /** Highest SM clock, kHz. */
  public int clockKhz() {
    return built.clockKhz;
  }

  /** Highest memory clock, kHz. */
  public int memoryClockKhz() {
    return built.memoryClockKhz;
  }

  /** Version of the driver library, such as {@code 580.95.05}; "unknown" if it does not say. */
  public String driverVersion() {
    return built.driverVersion;
  }

  /** The newest CUDA version that the driver speaks, such as {@code 13.0}. */
  public String cudaVersion() {
    return built.cudaVersion;
  }

  @Override
  public String toString() {
    return built.name + " (device " + built.ordinal + ", " + built.computeCapability + ")";
  }
}
