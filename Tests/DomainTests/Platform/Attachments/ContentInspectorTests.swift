import Domain
import Testing

@Suite("What a file is") struct ContentInspectorTests {
  private static func box(_ major: String, _ compatible: String...) -> [UInt8] {
    let length = 16 + 4 * compatible.count
    var bytes: [UInt8] = [0, 0, 0, UInt8(length)]
    bytes += Array("ftyp\(major)".utf8)
    bytes += [0, 0, 0, 0]
    for brand in compatible { bytes += Array(brand.utf8) }
    return bytes + [UInt8](repeating: 1, count: 80)
  }

  private static let samples: [(Domain.Attachment.MediaType, [UInt8])] = [
    (.jpeg, [0xFF, 0xD8, 0xFF, 0xE0, 0, 16]), (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0]),
    (.webp, Array("RIFF".utf8) + [1, 2, 3, 4] + Array("WEBPVP8 ".utf8)), (.pdf, Array("%PDF-1.7\n%âã".utf8)),
    (.heic, box("mif1", "heic")), (.heic, box("heix")), (.mp4, box("isom", "avc1")), (.mp4, box("xxxx", "mp42")),
    (.text, Array("制动片 Brake pads\r\n\tok".utf8)), (.csv, Array("a;b\n1;2\n".utf8)),
  ]

  private func inspect(_ type: Domain.Attachment.MediaType, _ bytes: [UInt8], piece: Int = .max) throws {
    var inspector = ContentInspector(declared: type)
    var rest = bytes[...]
    while !rest.isEmpty {
      try inspector.take(Array(rest.prefix(piece)))
      rest = rest.dropFirst(piece)
    }
    try inspector.finish()
    #expect(inspector.count == bytes.count)
  }

  @Test("every accepted type is known by its bytes, however they are cut", arguments: samples)
  func accepted(_ sample: (type: Domain.Attachment.MediaType, bytes: [UInt8])) throws {
    for piece in [1, 3, 7, .max] { try inspect(sample.type, sample.bytes, piece: piece) }
  }

  @Test("announced as mere bytes, a file says itself what it is, however it is cut (C-06)", arguments: samples)
  func sniffed(_ sample: (type: Domain.Attachment.MediaType, bytes: [UInt8])) throws {
    for piece in [1, 3, 7, .max] {
      var inspector = ContentInspector(declared: nil)
      var rest = sample.bytes[...]
      while !rest.isEmpty {
        try inspector.take(Array(rest.prefix(piece)))
        rest = rest.dropFirst(piece)
      }
      try inspector.finish()
      // A table is text that its name calls one.
      #expect(inspector.mediaType == (sample.type == .csv ? .text : sample.type))
    }
    #expect(Domain.Attachment.MediaType.named("Kosten.CSV", found: .text) == .csv)
    #expect(Domain.Attachment.MediaType.named("a.csv", found: .pdf) == .pdf)
  }

  @Test("mere bytes that are neither a known type nor text are refused (C-06)")
  func sniffedNothing() throws {
    for bytes in [[0x41, 0x00], [0x50, 0x4B, 0x03, 0x04, 0x14, 0x00], [0xE5, 0x88]] as [[UInt8]] {
      for piece in [1, .max] {
        let error = #expect(throws: Refusal.self, "\(bytes)") {
          var inspector = ContentInspector(declared: nil)
          var rest = bytes[...]
          while !rest.isEmpty {
            try inspector.take(Array(rest.prefix(piece)))
            rest = rest.dropFirst(piece)
          }
          try inspector.finish()
        }
        guard case .conflict("media-type-mismatch", let detail) = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
        #expect(detail.members == [.declared("application/octet-stream"), .found(nil)])
      }
    }
  }

  @Test("what is announced as another type is refused", arguments: Domain.Attachment.MediaType.allCases)
  func mismatched(_ declared: Domain.Attachment.MediaType) {
    let isText = { (type: Domain.Attachment.MediaType) in type == .text || type == .csv }
    for (type, bytes) in Self.samples where type != declared && !(isText(type) && isText(declared)) {
      // The beginning of a PDF is text as well; its signature says what it is.
      let error = #expect(throws: Refusal.self, "\(type) as \(declared)") { try inspect(declared, bytes, piece: 5) }
      guard case .conflict("media-type-mismatch", _) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }

  @Test("text is UTF-8 without control characters, to its last byte")
  func text() throws {
    for bytes in [
      [0x41, 0x00], [0x1B, 0x5B], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE5, 0x88],
    ]
      as [[UInt8]]
    {
      for piece in [1, .max] {
        #expect(throws: Refusal.self, "\(bytes)") { try inspect(.text, bytes, piece: piece) }
      }
    }
    try inspect(.text, Array("𠮷 é \u{10FFFF}".utf8), piece: 1)
    let long = Array(String(repeating: "配件 ", count: 10_000).utf8)
    try inspect(.csv, long, piece: 4_093)
    #expect(throws: Refusal.self) { try inspect(.csv, long + [7], piece: 4_093) }
  }

  @Test("nothing, and what merely begins like a film, is refused")
  func odd() {
    #expect(throws: Refusal.invalid("#", .tooShort, "must not be empty")) { try inspect(.jpeg, []) }
    #expect(throws: Refusal.self) { try inspect(.mp4, Self.box("qt  ")) }
    #expect(throws: Refusal.self) { try inspect(.mp4, Array("....ftyp".utf8)) }
    #expect(throws: Refusal.self) { try inspect(.pdf, Array("<html>%PDF-1.7".utf8)) }
  }

  @Test("a download is called as it was uploaded, with an ending that tells its type")
  func names() {
    for (name, type, expected) in [
      ("制动片.jpg", Domain.Attachment.MediaType.jpeg, "制动片.jpg"), ("A.JPEG", .jpeg, "A.JPEG"),
      ("run.exe", .jpeg, "run.exe.jpg"),
      ("page.html", .text, "page.html.txt"), ("jpg", .jpeg, "jpg.jpg"), ("a.pdf", .pdf, "a.pdf"),
    ] {
      let start = Timestamp(milliseconds: 0)
      let subject = DocumentSubject(
        resource: .workOrder, id: .version7(at: start), number: nil, version: 1, stationID: nil)
      let attachment = Domain.Attachment(
        id: .new(at: start), subject: subject,
        content: .init(hash: [0, 255], size: 1, mediaType: type), fileName: name, description: nil,
        uploadedAt: start, uploadedBy: .init(name: "x", id: nil))
      #expect(attachment.downloadName == expected)
      #expect(attachment.content.hexadecimal == "00ff")
    }
  }
}
