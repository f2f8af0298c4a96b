using System.Globalization;
using System.Text.Json;
using Vlm.Images;
using Vlm.Tables;

namespace Vlm.Testing;

/// <summary>
/// Data files as people have them, in the layouts of the field: a coloured square on white, 64 x 64 pixels, and what colour it is or
/// where it lies.
/// </summary>
internal static class OwnDataFiles
{
    /// <summary>Layouts that <see cref="Write"/> writes.</summary>
    public static readonly string[] Layouts = ["trl", "ms-swift", "easyr1", "llava", "coco"];

    private const int Side = 64, Edge = 24;

    private static readonly (string Name, byte[] Rgb)[] s_colors =
        [("red", [220, 30, 30]), ("green", [30, 160, 40]), ("blue", [30, 60, 220]), ("yellow", [230, 210, 40])];

    /// <summary>Writes a file of a layout, and the images it names beside it.</summary>
    /// <param name="layout">One of <see cref="Layouts"/>.</param>
    /// <param name="folder">Made where it is missing.</param>
    /// <param name="rows">How many.</param>
    /// <param name="seed">Other places of the squares.</param>
    /// <returns>The path of the file.</returns>
    public static string Write(string layout, string folder, int rows, int seed = 0)
    {
        Directory.CreateDirectory(folder);
        string PathOf(string ending) => Path.Combine(folder, $"{layout}-{seed}.{ending}");
        Square[] squares = [.. Enumerable.Range(0, rows).Select(i => Square.Of(i, seed))];
        switch (layout)
        {
            case "trl":
                return Trl(PathOf("parquet"), squares);
            case "easyr1":
                return EasyR1(PathOf("parquet"), squares);
            case "ms-swift":
                return Lines(PathOf("jsonl"), squares.Select(square => Swift(square, folder)));
            case "llava":
                File.WriteAllText(PathOf("json"), JsonSerializer.Serialize(squares.Select(square => Llava(square, folder))));
                return PathOf("json");
            case "coco":
                File.WriteAllText(PathOf("json"), JsonSerializer.Serialize(Coco(squares, folder)));
                return PathOf("json");
            default:
                throw new ArgumentException($"no layout {layout}", nameof(layout));
        }
    }

    /// <summary>A square of a row.</summary>
    internal sealed record Square(int Number, string Color, int X, int Y, byte[] Png)
    {
        public int[] Box => [X, Y, X + Edge, Y + Edge];

        public static Square Of(int number, int seed)
        {
            (string name, byte[] rgb) = s_colors[(number + seed) % s_colors.Length];
            (int x, int y) = ((number * 7 + seed * 13) % (Side - Edge), (number * 11 + seed * 5) % (Side - Edge));
            return new(number, name, x, y, ImageCodec.EncodePng(Drawn(x, y, rgb)));
        }

        public string File(string folder)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{Color}-{X}-{Y}.png");
            System.IO.File.WriteAllBytes(Path.Combine(folder, name), Png);
            return name;
        }

        private static RgbImage Drawn(int left, int top, byte[] rgb)
        {
            var pixels = new byte[Side * Side * 3];
            Array.Fill(pixels, (byte)255);
            for (int y = top; y < top + Edge; y++)
                for (int x = left; x < left + Edge; x++)
                    rgb.CopyTo(pixels, ((y * Side) + x) * 3);
            return new RgbImage(Side, Side, pixels);
        }
    }

    private const string Question = "What color is the square?";

    private static string Trl(string path, Square[] squares)
    {
        ColumnType part = ColumnType.Of(("type", ColumnType.Text), ("text", ColumnType.Text));
        ParquetFile.Write(path,
            [
                new("prompt", ColumnType.List(ColumnType.Of(("role", ColumnType.Text), ("content", ColumnType.List(part))))),
                new("images", ColumnType.List(ColumnType.Image)), new("solution", ColumnType.Text),
            ],
            squares.Select(square => (IReadOnlyList<object?>)
            [
                new object?[] { new object?[] { "user", new object?[] { new object?[] { "image", null }, new object?[] { "text", Question } } } },
                new object?[] { new object?[] { square.Png, null } },
                square.Color,
            ]));
        return path;
    }

    private static string EasyR1(string path, Square[] squares)
    {
        ParquetFile.Write(path,
            [new("images", ColumnType.List(ColumnType.Image)), new("problem", ColumnType.Text), new("answer", ColumnType.Text)],
            squares.Select(square => (IReadOnlyList<object?>)
                [new object?[] { new object?[] { square.Png, null } }, $"<image>{Question}", square.Color]));
        return path;
    }

    // Every other row asks for the box.
    private static object Swift(Square square, string folder) => square.Number % 2 == 0
        ? new { messages = Turns(square, "<image>" + Question, square.Color), images = (string[])[square.File(folder)] }
        : new
        {
            messages = Turns(square, "<image>Find <ref-object>.", "<bbox>"),
            images = (string[])[square.File(folder)],
            objects = new { @ref = (string[])[$"the {square.Color} square"], bbox = (int[][])[square.Box] },
        };

    private static object[] Turns(Square square, string question, string answer) =>
        [new { role = "user", content = question }, new { role = "assistant", content = answer }];

    private static object Llava(Square square, string folder) => new
    {
        id = square.Number,
        image = square.File(folder),
        conversations = (object[])[new { from = "human", value = "<image>\n" + Question }, new { from = "gpt", value = square.Color }],
    };

    private static object Coco(Square[] squares, string folder) => new
    {
        info = new { description = "squares" },
        images = squares.Select(square => new { id = square.Number, file_name = square.File(folder), width = Side, height = Side }),
        annotations = squares.Select(square => new
        {
            id = 100 + square.Number,
            image_id = square.Number,
            category_id = Array.FindIndex(s_colors, color => color.Name == square.Color),
            bbox = (int[])[square.X, square.Y, Edge, Edge],
            area = Edge * Edge,
            iscrowd = 0,
        }),
        categories = s_colors.Select((color, i) => new { id = i, name = $"{color.Name} square" }),
    };

    private static string Lines(string path, IEnumerable<object> rows)
    {
        File.WriteAllLines(path, rows.Select(row => JsonSerializer.Serialize(row)));
        return path;
    }
}
