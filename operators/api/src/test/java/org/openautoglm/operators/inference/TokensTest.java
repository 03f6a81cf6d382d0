package org.openautoglm.operators.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class TokensTest {
  @Property
  void comeOutAsTheyWentIn(@ForAll int[] tokens) {
    ByteString packed = Tokens.pack(tokens);

    assertThat(Tokens.count(packed)).isEqualTo(tokens.length);
    assertThat(Tokens.unpack(packed)).isEqualTo(tokens);
  }

  /** Savepoints hold them: the layout is for ever. */
  @Test
  void areFourBytesEachLittleEndian() {
    assertThat(Tokens.pack(1, -2, 0x01020304).toByteArray())
        .containsExactly(1, 0, 0, 0, -2, -1, -1, -1, 4, 3, 2, 1);
  }
}
