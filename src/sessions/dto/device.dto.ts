import { ApiProperty } from '@nestjs/swagger';
import { IsIP, IsOptional, IsString, MaxLength } from 'class-validator';

export class DeviceDto {
  @ApiProperty({ required: false, maxLength: 128 })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  readonly name?: string;

  @ApiProperty({ required: false })
  @IsOptional()
  @IsIP()
  readonly ip?: string;

  @ApiProperty({ required: false, maxLength: 512 })
  @IsOptional()
  @IsString()
  @MaxLength(512)
  readonly userAgent?: string;
}
