using Vlm.Loading;

namespace Vlm.Tests.FrontDoor;

public class AnswerTextTests
{
    [Theory]
    [InlineData("  a red ball \n", "a red ball")]
    [InlineData(" a  b ", "a  b", "\n\n")]
    [InlineData("one\n\ntwo", "one", "\n\n")]
    [InlineData("one \n\ntwo", "one", "\n\n")]
    [InlineData("\nfirst", "", "\n")]
    [InlineData("ababac is", "ab", "abac")]
    [InlineData("ababad is", "ababad is", "abac")]
    [InlineData("say END or STOP", "say", "STOP", "END")]
    [InlineData("almost EN", "almost EN", "END")]
    [InlineData("   ", "")]
    public void Pieces_of_any_length_make_the_same_text(string whole, string expected, params string[] stops)
    {
        for (int length = 1; length <= whole.Length; length++)
        {
            var text = new AnswerText(stops);
            string given = "";
            foreach (char[] piece in whole.Chunk(length))
                if (!text.Stopped)
                    given += text.Append(new string(piece));

            bool stopped = stops.Any(stop => whole.Contains(stop, StringComparison.Ordinal));
            Assert.Equal(stopped, text.Stopped);
            Assert.Equal(expected, stopped ? given : given + text.Finish());
        }
    }

    [Fact]
    public void What_is_certain_is_given_at_once()
    {
        var text = new AnswerText(["END"]);

        Assert.Equal(["a", "", " b", "", "Ex"], new[] { "a", " ", "b", "E", "x" }.Select(text.Append));
    }
}
