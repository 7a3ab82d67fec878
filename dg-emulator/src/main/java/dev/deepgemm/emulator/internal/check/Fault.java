package dev.deepgemm.emulator.internal.check;

/**
 * What a kernel did wrong, before anybody knows where: thrown by memories, barriers and operations,
 * caught by the warp (or the copy engine), which adds CTA, warp, lane and lines.
 */
public final class Fault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String id;
  private final String text;

  public Fault(String id, String format, Object... args) {
    super(null, null, false, false);
    this.id = id;
    this.text = args.length == 0 ? format : Text.format(format, args);
  }

  public String id() {
    return id;
  }

  public String text() {
    return text;
  }

  @Override
  public String getMessage() {
    return id + ": " + text;
  }
}
