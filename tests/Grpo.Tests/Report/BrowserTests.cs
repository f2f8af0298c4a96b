using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Vlm.Images;

namespace Vlm.Grpo.Tests.Report;

/// <summary>The page in a real browser: it runs without an error, a filter filters, and boxes lie on the picture where they should.</summary>
public sealed partial class BrowserTests : IDisposable
{
    private const int Width = 1000, Height = 700;
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("vlm-browser-");

    private string Folder => Path.Combine(_files.FullName, "drawn");

    public void Dispose() => _files.Delete(recursive: true);

    [Fact]
    public void The_page_works_in_a_browser()
    {
        Assert.SkipWhen(Browser.Program is null, Browser.Missing);
        DrawnRun.Write(Folder);
        // What a person would do: choose "fixed", look at the card, read a curve with the keyboard.
        string page = With("""
            const shown = () => [...document.querySelectorAll(".card")].filter(card => card.offsetParent !== null).map(card => card.dataset.outcome);
            const all = shown();
            document.querySelector("input[value=fixed]").click();
            const fixed = shown(), said = document.querySelector("output").textContent;
            const words = document.querySelector("input[name=words]");
            document.querySelector("input[value='']").click();
            words.value = "IS IT red";
            words.dispatchEvent(new Event("input", { bubbles: true }));
            const red = shown();
            words.value = "";
            document.querySelector("input[value=fixed]").click();
            document.querySelector(".curve svg").dispatchEvent(new KeyboardEvent("keydown", { key: "End", bubbles: true }));
            const read = document.querySelector(".curve .read").textContent;
            const card = document.querySelector("[data-outcome=fixed]");
            card.style.cssText = "position: fixed; left: 0; top: 0; width: 500px; z-index: 99";   // in sight wherever the page is
            const box = card.querySelector("image").getBoundingClientRect();
            const picture = [box.left, box.top, box.width, box.height];
            document.body.dataset.found = JSON.stringify({ all, fixed, said, red, read, picture });
            """);

        (string dom, string errors) = Browser.Open(page, Profile, $"--window-size={Width},{Height}", "--dump-dom");
        Assert.DoesNotContain("CONSOLE", errors, StringComparison.Ordinal);
        JsonNode found = JsonNode.Parse(System.Net.WebUtility.HtmlDecode(Found().Match(dom).Groups[1].Value))!;

        Assert.Equal(["fixed", "broken", "still-wrong", "still-right"], found["all"]!.AsArray().Select(one => (string)one!));
        Assert.Equal(["fixed"], found["fixed"]!.AsArray().Select(one => (string)one!));
        Assert.Equal("1 shown", (string?)found["said"]);
        Assert.Equal(["still-right"], found["red"]!.AsArray().Select(one => (string)one!));
        Assert.Equal("step 4: 0.4", (string?)found["read"]);
        AssertBoxes(page, [.. found["picture"]!.AsArray().Select(number => (double)number!)]);
    }

    // The picture is white; the true box runs from 10, 12 to 50, 48 of 100 x 60 pixels, the answered one to 50, 42. Left of both is white.
    private void AssertBoxes(string page, double[] picture)
    {
        string file = Path.Combine(_files.FullName, "page.png");
        Browser.Open(page, Profile, $"--window-size={Width},{Height}", $"--screenshot={file}");
        RgbImage seen = ImageCodec.Decode(File.ReadAllBytes(file), file);
        Assert.Equal((Width, Height), (seen.Width, seen.Height));

        Assert.Equal(Truth, Colour(30, 48));
        Assert.Equal(After, Colour(30, 42));
        Assert.Equal(Before, Colours(75, 30));
        Assert.Equal((255, 255, 255), Colour(5, 30));
        Assert.Equal((255, 255, 255), Colour(30, 36));

        (int, int, int) Colour(double x, double y) => At((int)(picture[0] + (x * picture[2] / 100)), (int)(picture[1] + (y * picture[3] / 60)));

        // Its line is dashed: somewhere along it.
        (int, int, int) Colours(double x, double y) => Enumerable.Range(-12, 25)
            .Select(pixel => At((int)(picture[0] + (x * picture[2] / 100)) + pixel, (int)(picture[1] + (y * picture[3] / 60)))).FirstOrDefault(colour => colour == Before);

        (int, int, int) At(int x, int y) => seen.Pixels.AsSpan(((y * seen.Width) + x) * 3, 3) is [var red, var green, var blue] ? (red, green, blue) : default;
    }

    private static readonly (int, int, int) Truth = (0x0b, 0x8a, 0x43), Before = (0xd9, 0x48, 0x0f), After = (0x3b, 0x4f, 0xe0);

    private string Profile => Path.Combine(_files.FullName, "profile");

    private string With(string script)
    {
        string path = Path.Combine(_files.FullName, "page.html"), page = RunReport.Html([Folder]);
        File.WriteAllText(path, page.Replace("</body>", $"<script>{script}</script></body>", StringComparison.Ordinal));
        return path;
    }

    [GeneratedRegex("data-found=\"([^\"]*)\"")]
    private static partial Regex Found();
}
