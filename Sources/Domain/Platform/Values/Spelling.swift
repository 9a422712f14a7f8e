extension String {
  /// Whether it is of scalars that have one spelling only: ASCII, Chinese characters and the punctuation of both. Such text is in
  /// Unicode form C, no scalar combines with another, and it equals nothing but the same bytes. False says nothing.
  package var hasOneSpelling: Bool {
    if utf8.allSatisfy({ $0 < 0x80 }) { return true }
    return unicodeScalars.allSatisfy { scalar in
      switch scalar.value {
      case 0..<0x80, 0x2010...0x2027, 0x3000...0x3029, 0x4e00...0x9fff, 0xff01...0xff5e: true
      default: false
      }
    }
  }
}
