import Reporting
import Testing

@Suite("A story")
struct StoryTests {
  @Test("A stale read is told")
  func staleRead() throws {
    let story = Story(of: try StaleRead.run)
    print(story.text())
  }
}
