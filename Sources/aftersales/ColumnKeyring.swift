import Services

/// The keys of sealed columns as an operator gives them: one a line or by comma, `NAME:64 hexadecimal digits`, the one that seals
/// first. A new key is put in front of the others on every instance before anybody seals with it; an old one goes when
/// `aftersales seal` has run and a day has passed (kept answers).
enum ColumnKeyring {
  static func load(_ settings: Settings) throws -> ColumnKeys {
    if let text = settings.columnKeys { return try parse(text, from: "AFTERSALES_COLUMN_KEYS_LIST") }
    let path = settings.columnKeysFile ?? (settings.stage == .development ? ".run/column-keys" : nil)
    guard let path else {
      throw SettingsError(
        description: "AFTERSALES_COLUMN_KEYS_FILE is not set: a file with a line NAME:64 hexadecimal digits")
    }
    return try parse(SecretFile.read(path, settings.stage) { "k1:\(SecretFile.key())" }, from: path)
  }

  static func parse(_ text: String, from source: String) throws(SettingsError) -> ColumnKeys {
    do {
      var keys: [ColumnKeys.Key] = []
      for line in text.split(whereSeparator: { $0.isNewline || $0 == "," }) {
        let parts = line.filter { !$0.isWhitespace }.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 1, parts[0].isEmpty { continue }
        guard parts.count == 2, let bytes = SecretFile.bytes(String(parts[1])) else { throw ColumnKeys.Refused.weak }
        keys.append(try ColumnKeys.Key(name: String(parts[0]), bytes: bytes))
      }
      return try ColumnKeys(keys)
    } catch let refused as ColumnKeys.Refused {
      throw SettingsError(description: "\(source): \(sentence(refused))")
    } catch {
      throw SettingsError(description: "\(source): no keys")
    }
  }

  private static func sentence(_ refused: ColumnKeys.Refused) -> String {
    switch refused {
    case .name: "the name of a key is 1 to 16 of a-z, 0-9 and -"
    case .weak: "a key is NAME:64 hexadecimal digits, made at random (openssl rand -hex 32)"
    case .noKey: "there is no key"
    case .sameName: "two keys have one name"
    }
  }
}
