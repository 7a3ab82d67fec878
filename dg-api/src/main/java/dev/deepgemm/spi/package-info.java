/**
 * What an architecture plugin implements: {@link dev.deepgemm.spi.ArchSpec}, one provider per
 * architecture, found by {@link java.util.ServiceLoader}.
 */
@NullMarked
package dev.deepgemm.spi;

import org.jspecify.annotations.NullMarked;
