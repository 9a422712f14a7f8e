import FoundationEssentials

/// Reference data that stands outside the package: the folder of `AFTERSALES_SHARED_DATA`, else `../shared/data` beside the
/// package. Tests that need it are skipped where it is absent.
enum SharedData {
  static let folder: String = {
    if let named = ProcessInfo.processInfo.environment["AFTERSALES_SHARED_DATA"] { return named }
    // Tests/DomainTests/Customers/Vehicles/SharedData.swift → the package's root is five levels up.
    var path = #filePath.split(separator: "/")
    path.removeLast(5)
    return "/" + path.dropLast().joined(separator: "/") + "/shared/data"
  }()

  static func isPresent(_ file: String) -> Bool { FileManager.default.isReadableFile(atPath: "\(folder)/\(file)") }

  /// The rows behind the header line, split at commas; for files whose columns of interest hold no quoted commas.
  static func rows(_ file: String) throws -> [[Substring]] {
    let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
    return text.split(whereSeparator: \.isNewline).dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
  }
}
