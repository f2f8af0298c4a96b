namespace Vlm.Rewards.Tests;

public class UsageExceptionTests
{
    [Theory]
    [InlineData("a\nerror: forged\n  try: rm", @"a\nerror: forged\n  try: rm")]
    [InlineData("a\r\tb", @"a\r\tb")]
    [InlineData("\u001b[31mred\u001b[0m\a", @"\u001B[31mred\u001B[0m\u0007")]
    [InlineData("a\u2028b\u0085c\u009bd", @"a\u2028b\u0085c\u009Bd")]
    [InlineData("txt.\u202egnp", @"txt.\u202Egnp")]
    [InlineData("é 日本 😀 \\n", "é 日本 😀 \\n")]
    public void Three_lines_whatever_the_values_hold(string value, string shown)
    {
        Assert.Equal(
            $"error: no {shown}\n   at: {shown}, line 1\n  try: {shown}",
            new UsageException($"no {value}", $"{value}, line 1", value).Render());
    }

    // Mistakes that were gathered in two places are three, in their order, each escaped.
    [Fact]
    public void Mistakes_of_several_places_are_told_one_after_the_other()
    {
        UsageException two = UsageException.Of([new("b\n", "at b", "try b"), new("c", "at c", "try c")]);

        UsageException all = UsageException.Of([new("a", "at a", "try a"), two]);

        Assert.Equal(["b\n", "c"], all.Others.Select(other => other.Message));
        Assert.Equal("error: a\n   at: at a\n  try: try a\nerror: b\\n\n   at: at b\n  try: try b\n"
            + "error: c\n   at: at c\n  try: try c", all.Render());
        Assert.Equal([], UsageException.Of([new("a", "at a", "try a")]).Others);
    }

    [Fact]
    public void The_message_itself_keeps_the_value() =>
        Assert.Equal("no a\nb", new UsageException("no a\nb", "x", "y").Message);
}
