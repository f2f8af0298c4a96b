namespace Recipes.Tests;

/// <summary>chat and the images it is given.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public class ChatImageTests(RecipeRuns runs)
{
    // Decoders have words of their own for damage, and some write them to standard error.
    [Fact]
    public void Of_an_image_that_cannot_be_read_three_lines_are_said_and_nothing_more()
    {
        string[] names =
            ["jpeg-progressive.jpg", "png-2-8-i.png", "webp-80.webp", "gif-8.gif", "bmp-24.bmp", "tiff-line-group4.tif"];
        var typed = new System.Text.StringBuilder();
        foreach (string name in names)
        {
            byte[] file = File.ReadAllBytes(Image(name));
            File.WriteAllBytes(runs.PathOf("half-" + name), file[..(file.Length / 2)]);
            typed.Append("/image half-").Append(name).Append('\n');
        }
        // Of 16 bits in a BMP, 0b1010 are red.
        byte[] gaps = File.ReadAllBytes(Image("bmp-32-masks.bmp"));
        gaps[54] = 0b1010;
        File.WriteAllBytes(runs.PathOf("gaps.bmp"), gaps);
        File.WriteAllBytes(runs.PathOf("empty.png"), []);
        File.WriteAllText(runs.PathOf("drawing.svg"), "<svg/>");
        typed.Append("/image gaps.bmp\n/image empty.png\n/image drawing.svg\n/quit\n");

        Outcome chat = runs.Type(typed.ToString(), "chat", "--model", runs.Model, "--interactive");

        Assert.Equal("", chat.Output);
        Assert.Equal(0, chat.ExitCode);
        Assert.Matches(@"\A(> error: .+\n   at: .+\n  try: .+\n){9}> \z", chat.Errors);
    }

    // Two stray bytes between the first segments: Pillow shows the image, and libjpeg has a warning for it.
    [Fact]
    public void An_image_with_a_flaw_that_does_not_matter_is_seen_in_silence()
    {
        byte[] file = File.ReadAllBytes(Image("jpeg-2x2.jpg"));
        File.WriteAllBytes(runs.PathOf("stray.jpg"), [.. file[..20], 0x00, 0x11, .. file[20..]]);

        Outcome chat = runs.Run(
            "chat", "--model", runs.Model, "--image", "stray.jpg", "--max-new-tokens", "1", "--background", "black", "What?");

        Assert.Empty(chat.Errors);
        Assert.Equal(0, chat.ExitCode);
    }

    private static string Image(string name) => Repository.PathOf("tests", "fixtures", "images", name);
}
