using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Vlm.Testing;

namespace Vlm.Datasets.Tests;

/// <summary>Images of rows in every form; what lies outside the folder, is no regular file, or is too large is refused.</summary>
public sealed class RowImageTests : IDisposable
{
    private readonly string _outside = Directory.CreateTempSubdirectory("outside").FullName;
    private readonly string _folder;

    public RowImageTests()
    {
        _folder = Directory.CreateDirectory(Path.Combine(_outside, "data")).FullName;
        File.WriteAllBytes(In("a.png"), Pictures.Png(5, 4));
        File.WriteAllBytes(Path.Combine(_outside, "secret.png"), Pictures.Png(9, 9));
    }

    public void Dispose() => Directory.Delete(_outside, recursive: true);

    public static TheoryData<string> Forms => ["path", "here", "file", "data", "base64", "lines", "bytes", "object", "list", "nested", "mark",
        "windows", "one slash", "empty bytes", "unpadded", "url-safe", "python"];

    [Theory]
    [MemberData(nameof(Forms))]
    public void An_image_is_read_in_every_form(string form)
    {
        string base64 = Convert.ToBase64String(Pictures.Png(5, 4));
        object image = form switch
        {
            "path" => "a.png",
            "here" => In("a.png"),
            "file" => new Uri(In("a.png")).AbsoluteUri,
            "data" => $"data:image/png;base64,{base64}",
            "base64" => base64,
            "lines" => string.Join('\n', base64.Chunk(40).Select(part => new string(part))),
            "bytes" => new { bytes = base64, path = (string?)null },
            "object" => new { bytes = (string?)null, path = "a.png" },
            "list" => (object[])["a.png"],
            "windows" => ".\\a.png",
            "one slash" => $"file:{In("a.png")}",
            "empty bytes" => new { bytes = "", path = "a.png" },
            "unpadded" => $"data:image/png;base64,{base64.TrimEnd('=')}",
            "url-safe" => base64.Replace('+', '-').Replace('/', '_').TrimEnd('='),
            "python" => "['a.png']",
            "nested" => new { url = $"data:image/png;base64,{base64}" },
            _ => "",
        };
        string question = form == "mark" ? "<img>a.png</img>\nQ?" : "Q?";

        Example example = Read(image, question).Examples.Single();

        Assert.Equal((5, 4), Assert.Single(example.Images).Size("x"));
        Assert.Equal("Q?", example.Question);
        Assert.True(example.Messages[0].Content[0].IsImage);
    }

    [Fact]
    public void Nothing_outside_the_folder_is_read_by_whatever_path()
    {
        File.CreateSymbolicLink(In("link.png"), Path.Combine(_outside, "secret.png"));
        Directory.CreateSymbolicLink(In("up"), _outside);
        File.CreateSymbolicLink(In("inside.png"), In("a.png"));

        foreach (string path in (string[])["../secret.png", Path.Combine(_outside, "secret.png"), "link.png", "up/secret.png",
            $"file://{_outside}/secret.png", "x/../../secret.png"])
            Assert.Contains(" lies outside of ", Refused(path), StringComparison.Ordinal);
        Assert.Equal((5, 4), Read("inside.png").Examples.Single().Images[0].Size("x"));
        Assert.Equal((9, 9), Read("secret.png", options: new DatasetOptions { ImageFolder = _outside }).Examples.Single().Images[0].Size("x"));
    }

    // A pipe without a writer would wait for ever.
    [Fact]
    public void A_pipe_a_device_and_a_folder_are_refused_at_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "pipes have no names in folders");
        using (var make = Process.Start("mkfifo", In("pipe.png")))
            make.WaitForExit();
        Directory.CreateDirectory(In("folder.png"));
        File.WriteAllBytes(In("empty.png"), []);

        Assert.Contains("it is no regular file", Refused("pipe.png"), StringComparison.Ordinal);
        Assert.Contains("is a folder", Refused("folder.png"), StringComparison.Ordinal);
        Assert.Contains("it is empty, or no regular file", Refused("empty.png"), StringComparison.Ordinal);
        Assert.Contains("it is empty, or no regular file", Refused("zero", new DatasetOptions { ImageFolder = "/dev" }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://example.org/a.png", "an address; nothing is downloaded")]
    [InlineData("s3://bucket/a.png", "an address; nothing is downloaded")]
    [InlineData("file://host/a.png", "a file of another machine")]
    [InlineData("b.png", "there is no image b.png in ")]
    [InlineData("data:image/png,abc", "a data URL without base64")]
    [InlineData("data:image/png;base64,a", "the base64 of an image is damaged")]
    [InlineData("data:image/png;base64,AAAA", "the image is no JPEG, PNG, WebP")]
    [InlineData("rows.jsonl", "the image is no JPEG, PNG, WebP")]
    public void An_image_that_cannot_be_read_is_refused_when_its_row_is_read(string image, string problem) =>
        Assert.Contains(problem, Refused(image), StringComparison.Ordinal);

    // 13,370 x 13,380 pixels in 21,833 bytes.
    [SharedFact]
    public void An_image_of_too_many_pixels_is_refused_when_its_row_is_read()
    {
        File.Copy(SharedFiles.PathOf("trials", "robustness", "22", "img-bomb", "bomb.png"), In("bomb.png"));

        Assert.Contains("pixels; at most 89478485 are decoded", Refused("bomb.png"), StringComparison.Ordinal);
    }

    // The header is whole; a file of another format is decoded to know.
    [Theory]
    [InlineData("jpeg-2x2.jpg")]
    [InlineData("jpeg-progressive.jpg")]
    [InlineData("png-2-8.png")]
    [InlineData("webp-80.webp")]
    [InlineData("gif-8.gif")]
    [InlineData("bmp-24.bmp")]
    [InlineData("tiff-rgb-raw.tif")]
    [InlineData("tga-rgb-rle.tga")]
    public void An_image_that_was_cut_short_is_refused_when_its_row_is_read(string name)
    {
        byte[] whole = File.ReadAllBytes(Fixture(name));
        File.WriteAllBytes(In("whole"), whole);
        File.WriteAllBytes(In("cut"), whole[..(whole.Length * 3 / 4)]);

        Assert.Single(Read("whole", "Q?").Examples);
        Assert.Contains("the file is cut short", Refused("cut"), StringComparison.Ordinal);
        Assert.Contains("the file is cut short", Refused(Convert.ToBase64String(whole[..(whole.Length * 3 / 4)])), StringComparison.Ordinal);
    }

    // What others write behind the end of an image is no damage.
    [Fact]
    public void Bytes_behind_the_end_of_an_image_are_not_looked_at()
    {
        File.WriteAllBytes(In("more.png"), [.. Pictures.Png(5, 4), .. new byte[9000]]);

        Assert.Single(Read("more.png", "Q?").Examples);
    }

    [Theory]
    [InlineData("depth", """{"bytes": "AAAA", "path": null}""", "the column depth holds what no prompt here shows")]
    [InlineData("second", """{"bytes": "AAAA", "path": null}""", "the column second holds an image that the prompt does not show")]
    [InlineData("overlay", "\"data:image/png;base64,AAAA\"", "the column overlay holds an image that the prompt does not show")]
    [InlineData("videos", "[\"a.mp4\"]", "the column videos holds what no prompt here shows")]
    [InlineData("tools", "[{\"name\": \"zoom\"}]", "the column tools would change the prompt, and is not read in this layout")]
    [InlineData("images", "[\"a.png\"]", "the columns image and images each hold images")]
    public void What_a_prompt_would_not_show_is_refused_unless_it_is_left_out(string column, string value, string problem)
    {
        File.WriteAllText(In("rows.jsonl"),
            $$"""{"question": "Q?", "answer": "red", "image": "a.png", "{{column}}": {{value}}}""");

        var error = Assert.Throws<UsageException>(() => Dataset.Open(In("rows.jsonl")));

        Assert.Equal(problem, error.Message);
        Assert.Contains($"IgnoreColumns = {column}", error.Fix, StringComparison.Ordinal);
        Assert.Single(Dataset.Open(In("rows.jsonl"), new DatasetOptions { IgnoreColumns = [column] }).Examples.Single().Images);
    }

    [Theory]
    [InlineData("<|image_pad|>Q?")]
    [InlineData("<video>Q?")]
    [InlineData("<img>Q?")]
    [InlineData("<img src='a.png'>Q?")]
    [InlineData("<|im_start|>user Q?")]
    public void A_text_with_the_tokens_of_a_model_is_refused(string question) => Assert.StartsWith(
        "a text holds <", Assert.Throws<UsageException>(() => Read("a.png", question)).Message);

    private string In(string name) => Path.Combine(_folder, name);

    private static string Fixture(string name, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "fixtures", "images", name);

    private string Refused(string image, DatasetOptions? options = null)
    {
        var error = Assert.Throws<UsageException>(() => Read(image, options: options));
        Assert.StartsWith($"{In("rows.jsonl")}, line 1", error.Where);
        Assert.Equal(3, error.Render().Split('\n').Length);
        return error.Message;
    }

    private Dataset Read(object image, string question = "Q?", DatasetOptions? options = null)
    {
        File.WriteAllText(In("rows.jsonl"), JsonSerializer.Serialize(new { question, answer = "red", image }));
        return Dataset.Open(In("rows.jsonl"), options);
    }
}
